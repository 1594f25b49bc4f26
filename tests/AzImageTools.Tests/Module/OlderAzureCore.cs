namespace AzImageTools.Tests.Module;

/// <summary>An Azure.Core older than the module's own, which the build downloads without using it.</summary>
internal static class OlderAzureCore
{
    public const int MinorVersion = 44;

    public static string Folder { get; } = BuildFact.Read("OlderAzureCore");
}
