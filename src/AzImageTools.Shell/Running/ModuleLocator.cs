using System.Reflection;

namespace AzImageTools.Shell.Running;

/// <summary>Finds the manifest of the module that this shell serves.</summary>
internal static class ModuleLocator
{
    /// <summary>Names the manifest, or the folder that holds it, and wins over all other places.</summary>
    public const string EnvironmentVariable = "AZIMAGETOOLS_MODULE";

    private const string ManifestName = "AzImageTools.psd1";

    /// <summary>The manifest's path.</summary>
    /// <exception cref="FileNotFoundException">There is none; the message says where it was looked for.</exception>
    public static string Find()
    {
        string[] places = [.. Places()];
        return places.FirstOrDefault(File.Exists)
            ?? throw new FileNotFoundException(
                $"The AzImageTools module was not found. Build it with 'dotnet build', or set {EnvironmentVariable} to its folder. Looked for: {string.Join(", ", places)}");
    }

    private static IEnumerable<string> Places()
    {
        if (Environment.GetEnvironmentVariable(EnvironmentVariable) is { Length: > 0 } given)
        {
            return [Path.GetFullPath(Directory.Exists(given) ? Path.Combine(given, ManifestName) : given)];
        }

        string beside = Path.Combine(AppContext.BaseDirectory, "AzImageTools", ManifestName);
        string? built = typeof(ModuleLocator).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .FirstOrDefault(metadata => string.Equals(metadata.Key, "ModuleManifest", StringComparison.Ordinal))?.Value;
        return built is null ? [beside] : [beside, built];
    }
}
