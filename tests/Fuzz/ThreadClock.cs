using System.Diagnostics;
using System.Runtime.InteropServices;

namespace AzImageTools.Fuzz;

/// <summary>The processor's time that the calling thread has taken: what else the machine does is not in it. On systems other than 64-bit Linux, the time of day.</summary>
internal static partial class ThreadClock
{
    // clock_gettime(2).
    private const int ThreadProcessorTime = 3;

    public static TimeSpan Now
        => OperatingSystem.IsLinux() && IntPtr.Size == 8 && GetTime(ThreadProcessorTime, out TimeSpec time) == 0
            ? TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromMicroseconds(time.Nanoseconds / 1000.0)
            : Stopwatch.GetElapsedTime(0);

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out TimeSpec time);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct TimeSpec
    {
        public readonly long Seconds;
        public readonly long Nanoseconds;
    }
}
