namespace AzImageTools.Readiness.Windows;

/// <summary>Paths of files as the registry's services have them.</summary>
internal static class SystemPath
{
    private static readonly string[] Roots = [@"\SystemRoot\", @"%SystemRoot%\", @"%windir%\"];

    /// <summary>A path from the system volume's root: <c>System32\drivers\x.sys</c>, <c>\SystemRoot\…</c> and <c>\??\C:\…</c> become that.</summary>
    public static string Of(string image)
    {
        string path = image.StartsWith(@"\??\", StringComparison.Ordinal) ? image.Substring(4) : image;
        return Array.Find(Roots, root => path.StartsWith(root, StringComparison.OrdinalIgnoreCase)) is { } root ? @"Windows\" + path.Substring(root.Length)
            : path.Length > 2 && path[1] == ':' ? path.Substring(2).TrimStart('\\')
            : @"Windows\" + path.TrimStart('\\');
    }
}
