namespace AzImageTools.Services.Upload;

/// <summary>Bytes for one Put Page.</summary>
/// <param name="Buffer">Where they are.</param>
/// <param name="Start">The first one's index in the buffer.</param>
/// <param name="Length">How many.</param>
/// <param name="Offset">The first one's position on the disk.</param>
internal sealed record PageRun(PageBuffer Buffer, int Start, int Length, long Offset);
