#if NET
using System.Runtime.Versioning;
#else
using System.Runtime.InteropServices;
#endif

namespace AzImageTools.Readiness.Guests.Live;

/// <summary>Which operating system this machine runs.</summary>
internal static class RunningSystem
{
    /// <summary>What to do where it is not the one that is asked for.</summary>
    public const string OtherwiseRemedy = "Give the path (-Path) of a disk image that holds one.";

#if NET
    /// <summary>Whether it is Windows.</summary>
    [SupportedOSPlatformGuard("windows")]
    public static bool IsWindows => OperatingSystem.IsWindows();
#else
    /// <summary>Whether it is Windows.</summary>
    public static bool IsWindows => RuntimeInformation.IsOSPlatform(OSPlatform.Windows);
#endif
}
