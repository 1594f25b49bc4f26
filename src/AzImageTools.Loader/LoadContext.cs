#if NET
using System.Reflection;
using System.Runtime.Loader;

namespace AzImageTools.Loader;

/// <summary>
/// Holds the module's assemblies and all they depend on, apart from those of the session and of other modules, so that
/// two modules may bring different versions of the same library. The Loader itself stays in the session's context.
/// </summary>
public sealed class LoadContext : AssemblyLoadContext
{
    private static readonly object Gate = new();
    private static LoadContext? _instance;

    private readonly string _folder;
    private readonly Dictionary<string, string> _hostAssemblies;

    private LoadContext(string folder)
        : base("AzImageTools", isCollectible: false)
    {
        _folder = folder;
        string trusted = AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") as string ?? string.Empty;
        _hostAssemblies = trusted
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .GroupBy(path => Path.GetFileNameWithoutExtension(path), StringComparer.OrdinalIgnoreCase)
            .ToDictionary(group => group.Key, group => group.First(), StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Loads one of the module's assemblies; the first call decides which folder they come from.</summary>
    /// <param name="folder">The folder that holds the module's assemblies for this runtime.</param>
    /// <param name="assemblyName">The assembly's simple name.</param>
    /// <returns>The assembly, in the module's own context.</returns>
    /// <exception cref="FileNotFoundException">The folder has no such assembly.</exception>
    public static Assembly LoadModuleAssembly(string folder, string assemblyName)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(assemblyName);
        lock (Gate)
        {
            _instance ??= new LoadContext(folder);
            return _instance.LoadFromAssemblyPath(Path.Combine(_instance._folder, assemblyName + ".dll"));
        }
    }

    /// <inheritdoc/>
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        ArgumentNullException.ThrowIfNull(assemblyName);
        Assembly loader = typeof(LoadContext).Assembly;
        if (AssemblyName.ReferenceMatchesDefinition(loader.GetName(), assemblyName))
        {
            return loader;
        }

        if (assemblyName.Name is not { } name || HostHas(name, assemblyName.Version))
        {
            return null;
        }

        string path = Path.Combine(_folder, name + ".dll");
        return File.Exists(path) ? LoadFromAssemblyPath(path) : null;
    }

    // What the host brings in the version asked for, or a newer one, is shared with it: System.Management.Automation above all.
    private bool HostHas(string name, Version? version)
        => _hostAssemblies.TryGetValue(name, out string? path)
            && (version is null || AssemblyName.GetAssemblyName(path).Version >= version);
}
#endif
