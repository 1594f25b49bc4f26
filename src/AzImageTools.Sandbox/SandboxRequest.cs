namespace AzImageTools.Sandbox;

/// <summary>A request that the sandbox answered.</summary>
/// <param name="Method">The HTTP method.</param>
/// <param name="Host">The host it was sent to.</param>
/// <param name="Path">The path, without the query, which may hold a signature.</param>
/// <param name="Operation">The query's <c>comp</c> or <c>restype</c> on blob storage, its <c>api-version</c> elsewhere; empty where there is none.</param>
/// <param name="Status">The status code of the answer.</param>
public sealed record SandboxRequest(string Method, string Host, string Path, string Operation, int Status);
