using System.Runtime.CompilerServices;

namespace AzImageTools.Disks;

/// <summary>For methods that are called for every record, cell or entry of a disk.</summary>
internal static class HotCode
{
    /// <summary>
    /// AggressiveOptimization, which .NET Standard 2.0 does not name. Reading is mostly over before the runtime would have made faster code
    /// of a method that is called often.
    /// </summary>
    public const MethodImplOptions Optimized = (MethodImplOptions)512;
}
