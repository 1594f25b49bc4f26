using System.Runtime.CompilerServices;

namespace AzImageTools.TestKit;

/// <summary>Where things are in the checkout that the tests were built from.</summary>
public static class RepositoryPaths
{
    public static string Root { get; } = FindRoot();

    public static string TestData => Path.Combine(Root, "tests", "data");

    public static string Module => Path.Combine(Root, "out", "AzImageTools");

    public static string ModuleManifest => Path.Combine(Module, "AzImageTools.psd1");

    /// <summary>Samples that may lie beside the checkout; tests that use them skip where they do not.</summary>
    public static string Samples => Path.GetFullPath(Path.Combine(Root, "..", "shared", "samples"));

    private static string FindRoot([CallerFilePath] string thisFile = "")
    {
        foreach (string start in new[] { AppContext.BaseDirectory, Path.GetDirectoryName(thisFile) ?? "." })
        {
            for (DirectoryInfo? folder = new(start); folder is not null; folder = folder.Parent)
            {
                if (File.Exists(Path.Combine(folder.FullName, "AzImageTools.sln")))
                {
                    return folder.FullName;
                }
            }
        }

        throw new InvalidOperationException("The tests do not run from a checkout: no AzImageTools.sln above them.");
    }
}
