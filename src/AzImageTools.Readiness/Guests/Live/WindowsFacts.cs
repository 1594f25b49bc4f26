using System.Globalization;
using System.Runtime.InteropServices;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Readiness.Guests.Live;

/// <summary>What the running Windows tells of itself beyond its registry and files. What it does not tell is null.</summary>
internal static class WindowsFacts
{
    private const string Cim = @"root\cimv2";

    private const int DomainName = 3;
    private const int UserOfToken = 1;
    private const int LocalSystem = 22;
    private const uint QueryToken = 8;

    public static LiveFacts Gather() => new()
    {
        IsDomainJoined = IsDomainJoined(),
        RunsAsLocalSystem = RunsAsLocalSystem(),
        RemainingRearmCount = ManagementQuery.GetProperty(Cim, "SELECT RemainingWindowsReArmCount FROM SoftwareLicensingService", "RemainingWindowsReArmCount") is IConvertible count
            ? count.ToInt32(CultureInfo.InvariantCulture)
            : null,
        UserOnlyAppPackages = AppPackages.FindUserOnly(),
    };

    /// <summary>The volumes on this machine's own drives that have a letter.</summary>
    public static IReadOnlyList<GuestVolume> GetVolumes()
        => [.. DriveInfo.GetDrives().Where(static drive => drive.DriveType == DriveType.Fixed).Select(Describe)];

    private static GuestVolume Describe(DriveInfo drive)
    {
        string name = drive.Name.TrimEnd('\\');
        (bool? isEncrypted, string? problem) = FindBitLocker(name);
        return new GuestVolume
        {
            Name = name,
            FileSystem = GetFileSystem(drive),
            HoldsOperatingSystem = string.Equals(drive.Name, WindowsFiles.Root, StringComparison.OrdinalIgnoreCase),
            IsDirty = ManagementQuery.GetProperty(Cim, $"SELECT DirtyBitSet FROM Win32_Volume WHERE DriveLetter = '{name}'", "DirtyBitSet") as bool?,
            IsUnlocked = isEncrypted,
            BitLockerProblem = problem,
        };
    }

    private static (bool? IsEncrypted, string? Problem) FindBitLocker(string volume)
    {
        try
        {
            return (BitLocker.IsBootSector(Deadline.Wait(() => DiskSector.ReadFirst(volume))), null);
        }
        catch (EvidenceUnavailableException unavailable)
        {
            return (null, unavailable.Message);
        }
        catch (TimeoutException)
        {
            return (null, $"What is stored on {volume} can't be read: the disk does not answer.");
        }
    }

    private static FileSystemKind GetFileSystem(DriveInfo drive)
    {
        try
        {
            return drive.DriveFormat switch
            {
                "NTFS" => FileSystemKind.Ntfs,
                "FAT32" => FileSystemKind.Fat32,
                "ReFS" => FileSystemKind.ReFS,
                _ => FileSystemKind.Unknown,
            };
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Nothing is formatted there, or it is locked.
            return FileSystemKind.Unknown;
        }
    }

    private static bool? IsDomainJoined()
    {
        if (NetGetJoinInformation(null, out IntPtr name, out int status) != 0)
        {
            return null;
        }

        _ = NetApiBufferFree(name);
        return status == DomainName;
    }

    private static bool? RunsAsLocalSystem()
    {
        if (!OpenProcessToken(GetCurrentProcess(), QueryToken, out IntPtr token))
        {
            return null;
        }

        try
        {
            // TOKEN_USER: a pointer to the SID, its attributes, then the SID itself.
            _ = GetTokenInformation(token, UserOfToken, IntPtr.Zero, 0, out int length);
            IntPtr user = Marshal.AllocHGlobal(length);
            try
            {
                return GetTokenInformation(token, UserOfToken, user, length, out _) ? IsWellKnownSid(Marshal.ReadIntPtr(user), LocalSystem) : null;
            }
            finally
            {
                Marshal.FreeHGlobal(user);
            }
        }
        finally
        {
            _ = CloseHandle(token);
        }
    }

    [DllImport("netapi32.dll", CharSet = CharSet.Unicode, ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int NetGetJoinInformation(string? server, out IntPtr name, out int status);

    [DllImport("netapi32.dll", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int NetApiBufferFree(IntPtr buffer);

    [DllImport("kernel32.dll", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern IntPtr GetCurrentProcess();

    [DllImport("kernel32.dll", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool CloseHandle(IntPtr handle);

    [DllImport("advapi32.dll", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool OpenProcessToken(IntPtr process, uint access, out IntPtr token);

    [DllImport("advapi32.dll", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool GetTokenInformation(IntPtr token, int informationClass, IntPtr information, int length, out int needed);

    [DllImport("advapi32.dll", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool IsWellKnownSid(IntPtr sid, int kind);
}
