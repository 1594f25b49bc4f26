using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace AzImageTools.Shell.Hosting;

/// <summary>The one thing that .NET does not set on a Windows console: that it obeys ANSI sequences.</summary>
[SupportedOSPlatform("windows")]
internal static class WindowsConsole
{
    private const int StandardOutput = -11;
    private const int StandardError = -12;
    private const uint VirtualTerminalProcessing = 0x0004;

    /// <summary>True when what there is of a console on the output side now obeys ANSI sequences.</summary>
    public static bool TryEnableAnsi()
        => (Console.IsOutputRedirected || TryEnable(StandardOutput)) && (Console.IsErrorRedirected || TryEnable(StandardError));

    private static bool TryEnable(int stream)
    {
        nint handle = GetStdHandle(stream);
        return GetConsoleMode(handle, out uint mode) && SetConsoleMode(handle, mode | VirtualTerminalProcessing);
    }

    [DllImport("kernel32.dll", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern nint GetStdHandle(int stream);

    [DllImport("kernel32.dll", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool GetConsoleMode(nint handle, out uint mode);

    [DllImport("kernel32.dll", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool SetConsoleMode(nint handle, uint mode);
}
