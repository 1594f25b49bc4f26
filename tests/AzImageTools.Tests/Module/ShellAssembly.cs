namespace AzImageTools.Tests.Module;

/// <summary>Where the build put the Shell.</summary>
internal static class ShellAssembly
{
    public static string Path { get; } = BuildFact.Read("ShellAssembly");
}
