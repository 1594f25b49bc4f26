namespace AzImageTools.Disks.Containers.Vmdk;

/// <summary>Looks beside an extent for the descriptor of the disk that it is a part of.</summary>
internal static class DescriptorSearch
{
    private const int MostFiles = 1024;

    /// <summary>The name of the descriptor that names a file as an extent; null where none beside it does.</summary>
    /// <param name="extent">The file.</param>
    public static string? FindNaming(DiskFile extent)
    {
        try
        {
            return new DirectoryInfo(Path.GetDirectoryName(Path.GetFullPath(extent.Path))!)
                .EnumerateFiles("*.vmdk")
                .Where(file => !file.Attributes.HasFlag(FileAttributes.Device) && !file.Attributes.HasFlag(FileAttributes.ReparsePoint) && file.Length is > 0 and <= Descriptor.LargestSize)
                .Take(MostFiles)
                .Select(static file => file.FullName)
                .FirstOrDefault(path => Names(path, extent)) is { } found
                    ? PrintableText.Of(Path.GetFileName(found))
                    : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It would only have made the advice better.
            return null;
        }
    }

    private static bool Names(string path, DiskFile extent)
    {
        if (string.Equals(path, Path.GetFullPath(extent.Path), StringComparison.Ordinal))
        {
            return false;
        }

        try
        {
            using DiskFile file = DiskFile.Open(path, isParent: false, extent.Budget);
            return Descriptor.IsPresent(file)
                && Descriptor.Read(file, 0, (int)file.Length).Extents.Any(named => string.Equals(
                    ParentLocation.FileNameOf(named.FileName), Path.GetFileName(extent.Path), StringComparison.OrdinalIgnoreCase));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
