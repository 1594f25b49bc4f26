using AzImageTools.Disks;

namespace AzImageTools.Readiness.Guests;

/// <summary>Looks at files of this machine so that what may not be seen is never taken for absent.</summary>
internal static class LocalFile
{
    /// <summary>What is at a place; null where there is nothing. A link counts as itself.</summary>
    public static FileSystemInfo? Find(string place)
    {
        // Throws where it may not be seen, which Exists would tell as absent.
        FileAttributes attributes;
        try
        {
            attributes = File.GetAttributes(place);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }

        return attributes.HasFlag(FileAttributes.Directory) ? new DirectoryInfo(place) : new FileInfo(place);
    }

    /// <summary>Opens a file to read it while others write or delete it.</summary>
    /// <exception cref="IOException">It is a pipe, a socket or a device, or can't be opened.</exception>
    public static FileStream Open(string place) => OrdinaryFile.FindHindrance(place, followsLinks: true) is { } hindrance
        ? throw new IOException($"{place} {hindrance}, and has no content to read.")
        : new(place, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    /// <summary>Looks; what can't be looked at is unavailable.</summary>
    /// <param name="path">The path that was asked for.</param>
    /// <param name="account">Who may look.</param>
    /// <param name="look">Looks.</param>
    /// <exception cref="EvidenceUnavailableException">It can't be looked at.</exception>
    public static T Guard<T>(string path, string account, Func<T> look)
    {
        try
        {
            return look();
        }
        catch (FileNotFoundException)
        {
            throw;
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new EvidenceUnavailableException($"{path} may not be read: run this as {account}.", exception);
        }
        catch (IOException exception)
        {
            throw new EvidenceUnavailableException($"{path} can't be read: {exception.Message}", exception);
        }
    }
}
