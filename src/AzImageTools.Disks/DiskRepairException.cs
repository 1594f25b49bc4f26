namespace AzImageTools.Disks;

/// <summary>A change within a disk can't be made, kept or taken back; the disk itself is untouched, and so are the changes made before.</summary>
public sealed class DiskRepairException : DiskException
{
    /// <summary>Creates the exception without details.</summary>
    public DiskRepairException()
        : this("The disk can't be changed.")
    {
    }

    /// <summary>Creates the exception with a message.</summary>
    /// <param name="message">What is wrong.</param>
    public DiskRepairException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with a message and a cause.</summary>
    /// <param name="message">What is wrong.</param>
    /// <param name="innerException">The cause.</param>
    public DiskRepairException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    internal DiskRepairException(DiskRepairProblem problem, string? subject, string message, string remedy = "", Exception? innerException = null)
        : base(remedy.Length == 0 ? message : $"{message} {remedy}", innerException)
    {
        Problem = problem;
        Remedy = PrintableText.Of(remedy);
        Target = PrintableText.OfOptional(subject);
    }

    /// <summary>What kind of problem it is.</summary>
    public DiskRepairProblem Problem { get; }

    /// <inheritdoc/>
    public override string ErrorId => Problem.ToString();

    /// <inheritdoc/>
    public override ErrorKind Kind => Problem switch
    {
        DiskRepairProblem.RepairNotFound => ErrorKind.NotFound,
        DiskRepairProblem.RepairFileInvalid => ErrorKind.InvalidData,
        DiskRepairProblem.RepairOfAnotherDisk or DiskRepairProblem.RepairFileChanged => ErrorKind.InvalidState,
        DiskRepairProblem.RepairFileInUse => ErrorKind.InUse,
        DiskRepairProblem.RepairFileNotWritable => ErrorKind.PermissionDenied,
        DiskRepairProblem.RepairTooLarge => ErrorKind.LimitExceeded,
        DiskRepairProblem.VolumeNotRepairable or DiskRepairProblem.HiveNotRepairable => ErrorKind.InvalidState,
        DiskRepairProblem.FileNotRepairable or DiskRepairProblem.RegistryChangeNotSupported => ErrorKind.NotSupported,
        DiskRepairProblem.HiveFull or DiskRepairProblem.VolumeFull => ErrorKind.NoRoom,
        _ => throw new InvalidOperationException($"{Problem} has no kind."),
    };

    /// <inheritdoc/>
    public override object? Target { get; }

    /// <inheritdoc/>
    public override string Remedy { get; } = string.Empty;
}

/// <summary>Why a change within a disk can't be made, kept or taken back.</summary>
public enum DiskRepairProblem
{
    /// <summary>No changes are kept for the disk, or not the one that was named.</summary>
    RepairNotFound,

    /// <summary>The file with the changes is damaged, or something else.</summary>
    RepairFileInvalid,

    /// <summary>The changes were made for a disk that reads differently.</summary>
    RepairOfAnotherDisk,

    /// <summary>Somebody else changed the file with the changes meanwhile.</summary>
    RepairFileChanged,

    /// <summary>Another process is writing the file with the changes.</summary>
    RepairFileInUse,

    /// <summary>The file with the changes can't be written.</summary>
    RepairFileNotWritable,

    /// <summary>It is more than is kept beside a disk.</summary>
    RepairTooLarge,

    /// <summary>The volume is in a state in which its files must not be written, or of a kind that is not written.</summary>
    VolumeNotRepairable,

    /// <summary>The file is stored in a way that can't be rewritten where it lies.</summary>
    FileNotRepairable,

    /// <summary>The registry hive is in a state in which it must not be written.</summary>
    HiveNotRepairable,

    /// <summary>The registry hive has no room left for the change within its file.</summary>
    HiveFull,

    /// <summary>The volume has no room left for the change.</summary>
    VolumeFull,

    /// <summary>The registry can't hold this, or it is not known how Windows would store it.</summary>
    RegistryChangeNotSupported,
}
