using AzImageTools.Disks.Volumes;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Guests.Linux;

namespace AzImageTools.Readiness.Windows;

/// <summary>
/// Looks for what files are encrypted with by EFS: the certificates of profiles. Who encrypts a file has one there with its key, made by Windows
/// where there was none (Microsoft Learn, "How EFS Works"), and these keys are what Sysprep throws away. To look there takes a few short reads, where
/// the files of a server take hundreds of MiB.
/// </summary>
internal static class EncryptionKeys
{
    private const string ProfileList = WindowsKeys.WindowsNT + @"\ProfileList";
    private const string Users = "Users";
    private const string Store = @"AppData\Roaming\Microsoft\SystemCertificates\My\Certificates";
    private const int MaxProfiles = 100;
    private const int MaxCertificates = 100;
    private const int LongestCertificate = 64 << 10;

    /// <summary>Accounts of Windows itself, whose profiles lie elsewhere.</summary>
    private static readonly string[] SystemProfiles = [@"Windows\System32\config\systemprofile", @"Windows\ServiceProfiles\LocalService", @"Windows\ServiceProfiles\NetworkService"];

    /// <summary>szOID_EFS_CRYPTO, 1.3.6.1.4.1.311.10.3.4 (wincrypt.h), as DER writes it.</summary>
    private static readonly byte[] FileEncryption = [0x06, 0x0A, 0x2B, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x0A, 0x03, 0x04];

    /// <summary>The extension that tells what a certificate is for, 2.5.29.37 (RFC 5280, 4.2.1.12).</summary>
    private static readonly byte[] KeyUsage = [0x06, 0x03, 0x55, 0x1D, 0x25];

    /// <summary>How many profiles there are, none of which has encrypted files; null where one may have, or that can't be told.</summary>
    public static int? CountWithout(Guest guest)
    {
        try
        {
            return FindProfiles(guest) is { Count: <= MaxProfiles } profiles
                && !HasEncrypted(guest, string.Empty) && !HasEncrypted(guest, Users) && !profiles.Any(profile => HasEncrypted(guest, profile) || HasKey(guest, profile))
                ? profiles.Count
                : null;
        }
        catch (EvidenceUnavailableException)
        {
            return null;
        }
    }

    /// <summary>The profiles' folders; null where some lie on another volume.</summary>
    private static List<string>? FindProfiles(Guest guest)
    {
        HashSet<string> profiles = new(SystemProfiles, StringComparer.OrdinalIgnoreCase);
        profiles.UnionWith(guest.FindIn(Users, static entry => entry is { IsDirectory: true, IsLink: false }).Select(static path => path.Replace('/', '\\')));
        string drive = guest.GetValue(WindowsKeys.WindowsNT, "SystemRoot") is string { Length: > 2 } root && root[1] == ':' ? root.Substring(0, 2) : "C:";
        foreach ((_, IReadOnlyList<object?> data) in guest.GetSubkeyValues(ProfileList, "ProfileImagePath"))
        {
            if (data[0] is not string path)
            {
                continue;
            }

            if (path.Length > 1 && path[1] == ':' && !path.StartsWith(drive, StringComparison.OrdinalIgnoreCase))
            {
                return null;
            }

            const string systemDrive = @"%SystemDrive%\";
            profiles.Add(path.StartsWith(systemDrive, StringComparison.OrdinalIgnoreCase) ? path.Substring(systemDrive.Length) : SystemPath.Of(path));
        }

        return [.. profiles];
    }

    private static bool HasEncrypted(Guest guest, string folder) => guest.Enumerate(folder).Any(static entry => entry.IsEncrypted);

    private static bool HasKey(Guest guest, string profile)
    {
        FileSystemEntry[] certificates = [.. guest.Enumerate($@"{profile}\{Store}").Where(static entry => !entry.IsDirectory).Take(MaxCertificates + 1)];
        return certificates.Length > MaxCertificates || certificates.Any(entry => EncryptsFiles(guest, $@"{profile}\{Store}\{entry.Name}"));
    }

    /// <summary>One that does not say what it is for may be for anything.</summary>
    private static bool EncryptsFiles(Guest guest, string path)
    {
        byte[] content = new byte[LongestCertificate];
        int length = 0;
        using (Stream file = guest.OpenFile(path))
        {
            for (int count; length < content.Length && (count = file.Read(content, length, content.Length - length)) > 0; length += count)
            {
            }
        }

        ReadOnlySpan<byte> certificate = content.AsSpan(0, length);
        return length == content.Length || certificate.IndexOf(FileEncryption) >= 0 || certificate.IndexOf(KeyUsage) < 0;
    }
}
