using System.Runtime.InteropServices;
using Microsoft.CodeAnalysis;

namespace System;

/// <summary>Which system this is, asked as .NET is asked.</summary>
[Embedded]
internal static class OperatingSystemQuestions
{
    extension(OperatingSystem)
    {
        /// <summary>Whether it is Windows.</summary>
        public static bool IsWindows() => RuntimeInformation.IsOSPlatform(OSPlatform.Windows);

        /// <summary>Whether it is Linux.</summary>
        public static bool IsLinux() => RuntimeInformation.IsOSPlatform(OSPlatform.Linux);
    }
}
