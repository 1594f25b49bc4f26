namespace AzImageTools.Sandbox.Tests.Recordings;

/// <summary>An operation of the sandbox, and what of Azure's it was held against.</summary>
/// <param name="Operation">As <see cref="RecordedTraffic.OperationOf"/> names it: <c>PUT Microsoft.Compute/disks/{}</c>.</param>
/// <param name="Source">A published example of azure-rest-api-specs or a recording by its file's name; null where none was found.</param>
/// <param name="Version">The API version of the source.</param>
/// <param name="Statuses">The statuses of success that the source has.</param>
/// <param name="Compared">What was compared, or why there is no source.</param>
internal sealed record Recording(string Operation, string? Source, string Version, int[] Statuses, string Compared)
{
    /// <summary>The part of the address in Azure-AsyncOperation that names the service; null where the operation has no such header.</summary>
    public string? Async { get; init; }

    /// <summary>Whether the operation's result can be had from Location.</summary>
    public bool HasLocation { get; init; }
}
