namespace AzImageTools.Sandbox.Storage;

/// <summary>An append blob: blocks are added at its end.</summary>
internal sealed class AppendBlob(string name, PageData data, DateTimeOffset now) : StoredBlob(name, data, now)
{
    public const string TypeName = "AppendBlob";

    public override string Type => TypeName;

    /// <summary>How many blocks were added.</summary>
    public int BlockCount { get; set; }

    public bool IsSealed { get; set; }

    protected override StoredBlob NewSnapshot(PageData data, DateTimeOffset now) => new AppendBlob(Name, data, now) { BlockCount = BlockCount, IsSealed = IsSealed };
}
