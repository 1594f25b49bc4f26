namespace AzImageTools.Services.Upload;

/// <summary>Bytes for one Put Page.</summary>
/// <param name="Chunk">The chunk that they are of.</param>
/// <param name="Index">Which of its runs they are.</param>
internal sealed record PageRun(LoadedChunk Chunk, int Index);
