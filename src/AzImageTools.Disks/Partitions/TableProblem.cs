namespace AzImageTools.Disks.Partitions;

/// <summary>Something wrong with a partition table.</summary>
/// <param name="Structure">The structure that it is in, as its specification names it.</param>
/// <param name="Offset">Where on the disk, in bytes.</param>
/// <param name="Text">What is wrong, as a sentence.</param>
internal sealed record TableProblem(string Structure, long Offset, string Text);
