using System.Runtime.InteropServices;

namespace AzImageTools.Disks.Items;

/// <summary>What a search comes upon: something, or why something could not be read. The search goes on behind either.</summary>
/// <typeparam name="T">What is searched for.</typeparam>
/// <param name="Value">What was found; null where there is a problem.</param>
/// <param name="Problem">A <see cref="DiskFormatException"/>, <see cref="DiskItemException"/> or other failure to read; null where something was found.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct Found<T>(T? Value, Exception? Problem)
    where T : class
{
    internal static Found<T> Of(T value) => new(value, null);

    internal static Found<T> Failed(Exception problem) => new(null, problem);
}
