using System.Runtime.InteropServices;

namespace AzImageTools.Services.Upload;

/// <summary>What an upload means to do with what it finds at its target.</summary>
/// <param name="Length">How long the target has to be, in bytes, footer included.</param>
/// <param name="Restart">Whether it begins anew even where it could be continued.</param>
/// <param name="Verify">Whether it reads back what is there: then it may keep what no journal tells of.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct TargetUse(long Length, bool Restart, bool Verify);
