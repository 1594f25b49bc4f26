#if NETSTANDARD
using System.Reflection;

namespace AzImageTools.Loader;

/// <summary>
/// Finds the module's own dependencies on Windows PowerShell 5.1, which has no load contexts. It answers only for
/// assemblies in the module's folder, in the version asked for or a newer one, and only when nobody else's assembly asks.
/// </summary>
public static class DesktopResolver
{
    private static readonly object Gate = new();
    private static string? _folder;

    /// <summary>Begins to answer.</summary>
    /// <param name="folder">The folder that holds the module's assemblies for this runtime.</param>
    public static void Register(string folder)
    {
        if (folder is null)
        {
            throw new ArgumentNullException(nameof(folder));
        }

        lock (Gate)
        {
            if (_folder is null)
            {
                AppDomain.CurrentDomain.AssemblyResolve += Resolve;
            }

            _folder = Path.GetFullPath(folder);
        }
    }

    /// <summary>Stops answering: the module has been removed.</summary>
    public static void Unregister()
    {
        lock (Gate)
        {
            AppDomain.CurrentDomain.AssemblyResolve -= Resolve;
            _folder = null;
        }
    }

    internal static Assembly? Resolve(object? sender, ResolveEventArgs request)
    {
        string? folder = _folder;
        AssemblyName wanted = new(request.Name);
        if (folder is null || string.IsNullOrEmpty(wanted.Name) || !IsOurs(request.RequestingAssembly, folder))
        {
            return null;
        }

        string path = Path.Combine(folder, wanted.Name + ".dll");
        if (Path.GetFileName(path) != wanted.Name + ".dll" || !File.Exists(path))
        {
            return null;
        }

        Version offered = AssemblyName.GetAssemblyName(path).Version;
        return wanted.Version is null || offered >= wanted.Version ? Assembly.LoadFrom(path) : null;
    }

    private static bool IsOurs(Assembly? requester, string folder)
        => requester is null
            || (!requester.IsDynamic && string.Equals(Path.GetDirectoryName(requester.Location), folder, StringComparison.OrdinalIgnoreCase));
}
#endif
