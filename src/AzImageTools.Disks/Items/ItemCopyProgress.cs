namespace AzImageTools.Disks.Items;

/// <summary>How far copying has come.</summary>
/// <param name="ItemPath">What is being copied, fit to be shown.</param>
/// <param name="FileCount">How many files were copied before it.</param>
/// <param name="BytesCopied">How many bytes were copied so far, of all files.</param>
public sealed record ItemCopyProgress(string ItemPath, long FileCount, long BytesCopied);
