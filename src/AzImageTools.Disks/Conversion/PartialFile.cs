using System.Globalization;
using System.Runtime.InteropServices;

namespace AzImageTools.Disks.Conversion;

/// <summary>
/// A file that is made under a hidden name of its own in its folder, and gets its name when it is whole. What a run that was
/// killed left of it is removed by the next one; a second one beside a first that still works is refused.
/// </summary>
internal static class PartialFile
{
    private const string Extension = ".azimage.partial";
    private const int LongestName = 200;

    /// <summary>The name that a file has while it is made: the same in every run.</summary>
    public static string PathFor(string destination) => PathFor(destination, Extension);

    /// <summary>The hidden name beside a destination that ends in an extension.</summary>
    public static string PathFor(string destination, string extension)
    {
        string name = Path.GetFileName(destination);
        string shown = System.Text.Encoding.UTF8.GetByteCount(name) <= LongestName ? name : ReflectedCrc32.Ieee.Compute(MemoryMarshal.AsBytes(name.AsSpan())).ToString("X8", CultureInfo.InvariantCulture);
        return Path.Combine(Path.GetDirectoryName(destination)!, "." + shown + extension);
    }

    /// <summary>Creates the file; nobody else can open it until it is closed.</summary>
    /// <param name="destination">The path that it will get.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="denied">The error where it may not be made: the system names the hidden file, which nobody knows.</param>
    /// <returns>The file; null where another process is making it.</returns>
    /// <exception cref="IOException">It can't be created.</exception>
    public static SparseFile? TryCreate(string destination, long length, Func<UnauthorizedAccessException, Exception> denied)
    {
        try
        {
            return TryCreate(PathFor(destination), length);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw denied(exception);
        }
    }

    /// <summary>Gives the finished file its name in one step.</summary>
    /// <param name="destination">The path that it gets.</param>
    /// <param name="replaces">Whether a file of that name is replaced.</param>
    public static void Complete(string destination, bool replaces) => Rename(PathFor(destination), destination, replaces);

    /// <summary>Gives a file another name in one step.</summary>
    /// <param name="path">The file.</param>
    /// <param name="destination">The path that it gets.</param>
    /// <param name="replaces">Whether a file of that name is replaced.</param>
    public static void Rename(string path, string destination, bool replaces)
    {
#if NET
        File.Move(path, destination, overwrite: replaces);
#else
        if (replaces && File.Exists(destination))
        {
            File.Replace(path, destination, destinationBackupFileName: null);
        }
        else
        {
            File.Move(path, destination);
        }
#endif
    }

    /// <summary>Removes what is there of the file.</summary>
    public static void Discard(string destination) => File.Delete(PathFor(destination));

    /// <summary>Removes what a run left, which nobody has open any more; who still works on it has it to himself.</summary>
    /// <param name="path">The hidden file.</param>
    /// <returns>Whether nothing is there any more.</returns>
    public static bool TryRemove(string path)
    {
        if (OrdinaryFile.FindHindrance(path, followsLinks: false) is null)
        {
            try
            {
                using FileStream unused = new(path, FileMode.Open, FileAccess.Write, FileShare.None);
            }
            catch (FileNotFoundException)
            {
                return true;
            }
            catch (IOException)
            {
                return false;
            }
        }

        File.Delete(path);
        return true;
    }

    private static SparseFile? TryCreate(string path, long length)
    {
        if (File.Exists(path) && !TryRemove(path))
        {
            return null;
        }

        try
        {
            return SparseFile.Create(path, length);
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another one was quicker.
            return null;
        }
    }
}
