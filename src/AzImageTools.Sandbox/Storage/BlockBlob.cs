namespace AzImageTools.Sandbox.Storage;

/// <summary>A block blob: the blocks that were committed, one after the other.</summary>
internal sealed class BlockBlob(string name, PageData data, DateTimeOffset now) : StoredBlob(name, data, now)
{
    public const string TypeName = "BlockBlob";

    public override string Type => TypeName;

    /// <summary>In order; none where it was written as a whole.</summary>
    public IReadOnlyList<CommittedBlock> Blocks { get; init; } = [];

    protected override StoredBlob NewSnapshot(PageData data, DateTimeOffset now) => new BlockBlob(Name, data, now) { Blocks = Blocks };
}

/// <summary>A block of a block blob.</summary>
/// <param name="Id">In base64, as the client gave it.</param>
/// <param name="Offset">Where it lies, in bytes.</param>
/// <param name="Length">In bytes.</param>
internal sealed record CommittedBlock(string Id, long Offset, long Length);
