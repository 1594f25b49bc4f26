namespace AzImageTools.Disks.Volumes.Ntfs;

/// <summary>The attributes of a file that are told apart here (libfsntfs documentation, "File attribute flags").</summary>
[Flags]
internal enum NtfsFileAttributes : uint
{
    None = 0,
    ReparsePoint = 0x400,
    Encrypted = 0x4000,

    /// <summary>In a $FILE_NAME only: the file is a folder.</summary>
    Directory = 0x1000_0000,
}
