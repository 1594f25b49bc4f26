using System.Reflection;

namespace AzImageTools.Loader;

/// <summary>The module's assemblies with public types, loaded together.</summary>
public static class ModuleAssemblies
{
    private static readonly string[] Names = ["AzImageTools.Disks", "AzImageTools.Readiness", "AzImageTools.Services", "AzImageTools"];

    /// <summary>Whether this process has loaded them before: another import, or another session in it.</summary>
    public static bool AreLoaded { get; private set; }

    /// <summary>Loads them, or gives those that are loaded.</summary>
    /// <param name="folder">The folder that holds the module's assemblies for this runtime.</param>
    /// <returns>The assemblies, each after those that it needs.</returns>
    /// <exception cref="FileNotFoundException">The folder lacks one of them.</exception>
    public static Assembly[] Load(string folder)
    {
        if (folder is null)
        {
            throw new ArgumentNullException(nameof(folder));
        }

#if NET
        Assembly[] assemblies = [.. Names.Select(name => LoadContext.LoadModuleAssembly(folder, name))];
#else
        Assembly[] assemblies = [.. Names.Select(name => Assembly.LoadFrom(Path.Combine(folder, name + ".dll")))];
#endif
        AreLoaded = true;
        return assemblies;
    }
}
