#if NET
using System.Reflection;
using System.Runtime.InteropServices;
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

    /// <summary>The version of .NET whose compiler made what is compiled ahead; later ones take it, or compile it anew.</summary>
    private const int PrecompiledFor = 10;

    private readonly string _folder;
    private readonly string? _precompiled;
    private readonly string _hostAssemblies;

    private LoadContext(string folder)
        : base("AzImageTools", isCollectible: false)
    {
        _folder = folder;
        _precompiled = PrecompiledFolder(folder);
        _hostAssemblies = AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") as string ?? string.Empty;
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
            return _instance.LoadFromAssemblyPath(_instance.FindFile(assemblyName) ?? Path.Combine(folder, assemblyName + ".dll"));
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

        return assemblyName.Name is not { } name ? null
            : FindAtHost(name, assemblyName.Version) ?? (FindFile(name) is { } path ? LoadFromAssemblyPath(path) : null);
    }

    /// <summary>Where one of the module's assemblies lies: with code compiled for this machine, where that was shipped and this runtime takes it; null for nowhere.</summary>
    private string? FindFile(string name)
    {
        string file = name + ".dll";
        if (_precompiled is not null && Path.Combine(_precompiled, file) is var compiled && File.Exists(compiled))
        {
            return compiled;
        }

        string path = Path.Combine(_folder, file);
        return File.Exists(path) ? path : null;
    }

    /// <summary>The folder of what is compiled ahead for this system and processor; null where the runtime is older than what it was compiled by, and would compile it anew.</summary>
    private static string? PrecompiledFolder(string folder)
        => Environment.Version.Major < PrecompiledFor || RuntimeInformation.ProcessArchitecture != Architecture.X64 ? null
            : OperatingSystem.IsWindows() ? Path.Combine(folder, "win-x64")
            : OperatingSystem.IsLinux() ? Path.Combine(folder, "linux-x64")
            : null;

    // What the host brings in the version asked for, or a newer one, is shared with it: System.Management.Automation above all. It is
    // loaded to see its version: reading that from the file would take the libraries for metadata.
    private Assembly? FindAtHost(string name, Version? version)
        => _hostAssemblies.Contains(Path.DirectorySeparatorChar + name + ".dll", StringComparison.OrdinalIgnoreCase)
            && Default.LoadFromAssemblyName(new AssemblyName(name)) is var assembly
            && (version is null || assembly.GetName().Version >= version)
            ? assembly
            : null;
}
#endif
