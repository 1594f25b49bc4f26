using AzImageTools.TestKit;

namespace AzImageTools.Readiness.Tests.Gathered;

/// <summary>The collectors as they ship.</summary>
internal static class Collectors
{
    public static string Linux { get; } = Path.Combine(RepositoryPaths.Root, "src", "module", "evidence", "collect-linux.sh");

    public static string Windows { get; } = Path.Combine(RepositoryPaths.Root, "src", "module", "evidence", "collect-windows.ps1");
}
