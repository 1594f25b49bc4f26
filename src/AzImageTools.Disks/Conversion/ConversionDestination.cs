using AzImageTools.Disks.Containers;

namespace AzImageTools.Disks.Conversion;

/// <summary>The file that a conversion makes: where it is, and whether it may be made.</summary>
internal static class ConversionDestination
{
    private const string Extension = ".vhd";

    /// <summary>Finds the full path of the VHD to make, and whether it can be made.</summary>
    /// <param name="disk">What is converted.</param>
    /// <param name="destination">The VHD, or the folder for it.</param>
    /// <param name="replaces">Whether a file of that name may be replaced.</param>
    public static string Resolve(VirtualDisk disk, string destination, bool replaces)
    {
        string path = Resolve(Path.GetFileNameWithoutExtension(disk.Path) + Extension, destination, Extension);
        if (string.Equals(path, disk.Path, StringComparison.OrdinalIgnoreCase))
        {
            throw new VhdConversionException(VhdConversionProblem.DestinationInUse, path, $"{path} is the disk to convert: give another destination.");
        }

        CheckReplaceable(path, replaces);
        return path;
    }

    /// <summary>Finds the full path of the file to make.</summary>
    /// <param name="name">The file's name where a folder is given.</param>
    /// <param name="destination">The file, or the folder for it.</param>
    /// <param name="extensions">What its name may end in.</param>
    public static string Resolve(string name, string destination, params string[] extensions)
    {
        if (string.IsNullOrWhiteSpace(destination))
        {
            throw new ArgumentException("A destination is needed.", nameof(destination));
        }

        string path = Path.GetFullPath(destination);
        if (Directory.Exists(path))
        {
            path = Path.Combine(path, name);
        }
        else if (!Directory.Exists(Path.GetDirectoryName(path)))
        {
            throw new VhdConversionException(VhdConversionProblem.DestinationFolderNotFound, path, $"There is no folder {Path.GetDirectoryName(path)}.");
        }

        return extensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase) ? path : throw new VhdConversionException(
            VhdConversionProblem.DestinationNotVhd, path, $"{path} is not a folder, and its name does not end in {string.Join(" or ", extensions)}: Azure's tools recognise a VHD by that.");
    }

    /// <summary>The error by the name that the user gave: the system names the hidden file that is written first.</summary>
    public static VhdConversionException Denied(string path, Exception exception)
        => new(VhdConversionProblem.FileAccessDenied, path, $"{path} may not be written: access to it or its folder is denied.", exception);

    /// <summary>Refuses a file that is there and may not be replaced.</summary>
    public static void CheckReplaceable(string path, bool replaces)
    {
        if (Directory.Exists(path))
        {
            throw new VhdConversionException(VhdConversionProblem.DestinationNotVhd, path, $"{path} is a folder: give another destination.");
        }

        if (!File.Exists(path))
        {
            return;
        }

        if (!replaces)
        {
            throw new VhdConversionException(VhdConversionProblem.DestinationExists, path, $"{path} exists already. {DiskException.ReplaceRemedy}");
        }

        try
        {
            // A conversion's source and its parents are open and shared for reading only: whatever name they go by here, opening them for writing fails.
            using FileStream unused = new(path, FileMode.Open, FileAccess.Write, FileShare.None);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw Denied(path, exception);
        }
        catch (IOException exception)
        {
            throw new VhdConversionException(
                VhdConversionProblem.DestinationInUse, path, $"{path} can't be replaced: it is the disk to convert or a parent of it, or another program has it open.", exception);
        }
    }
}
