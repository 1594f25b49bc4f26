namespace AzImageTools.Benchmarks;

/// <summary>A format that is converted, and what the engine should reach in it.</summary>
/// <param name="Title">The table's first column.</param>
/// <param name="FileName">The disk's file.</param>
/// <param name="Driver">What qemu-img calls it.</param>
/// <param name="CreateOptions">How qemu-img makes it; null for the raw disk itself.</param>
/// <param name="WallGoal">The most of qemu-img's time it may take, neither flushing.</param>
/// <param name="FlushedGoal">The most of qemu-img's time it may take, both flushing; null for a format that is compared without.</param>
internal sealed record PeerFormat(string Title, string FileName, string Driver, string[]? CreateOptions, double WallGoal, double? FlushedGoal)
{
    public static IReadOnlyList<PeerFormat> All { get; } =
    [
        new("raw, sparse", "disk.raw", "raw", null, 0.6, 0.8),
        new("VHD, dynamic", "dynamic.vhd", "vpc", ["-o", "subformat=dynamic,force_size=on"], 0.6, 0.8),
        new("VHDX, 2 MiB blocks", "blocks2.vhdx", "vhdx", ["-o", "subformat=dynamic,block_size=2M"], 0.6, 0.8),
        new("VHDX, 16 MiB blocks", "blocks16.vhdx", "vhdx", ["-o", "subformat=dynamic,block_size=16M"], 0.6, 0.8),
        new("QCOW2", "plain.qcow2", "qcow2", [], 0.9, null),
        new("QCOW2, zlib", "zlib.qcow2", "qcow2", ["-c", "-o", "compression_type=zlib"], 0.6, null),
        new("QCOW2, zstd", "zstd.qcow2", "qcow2", ["-c", "-o", "compression_type=zstd"], 0.6, null),
    ];

    /// <summary>Has qemu-img make such a disk of a raw one beside it, and returns its path; the raw disk's own where it is to be that.</summary>
    public string Make(string raw)
    {
        if (CreateOptions is null)
        {
            return raw;
        }

        string disk = Path.Combine(Path.GetDirectoryName(raw)!, FileName);
        Measurement.Take("qemu-img", ["convert", "-f", "raw", "-O", Driver, .. CreateOptions, raw, disk]);
        return disk;
    }
}
