namespace AzImageTools.Disks.Items;

/// <summary>Something that was asked for is not on a disk, or can't be read or copied. The disk itself is sound.</summary>
public sealed class DiskItemException : DiskException
{
    /// <summary>Creates the exception without details.</summary>
    public DiskItemException()
        : this("The item can't be read.")
    {
    }

    /// <summary>Creates the exception with a message.</summary>
    /// <param name="message">What is wrong.</param>
    public DiskItemException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with a message and a cause.</summary>
    /// <param name="message">What is wrong.</param>
    /// <param name="innerException">The cause.</param>
    public DiskItemException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    internal DiskItemException(DiskItemProblem problem, string item, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        Problem = problem;
        Item = PrintableText.OfOptional(item);
    }

    /// <summary>What kind of problem it is.</summary>
    public DiskItemProblem Problem { get; }

    /// <summary>What was asked for, or could not be written: a path, a volume, a key; fit to be shown.</summary>
    public string? Item { get; }

    /// <inheritdoc/>
    public override string ErrorId => Problem.ToString();

    /// <inheritdoc/>
    public override ErrorKind Kind => Problem switch
    {
        DiskItemProblem.VolumeNotFound or DiskItemProblem.ItemNotFound => ErrorKind.NotFound,
        DiskItemProblem.RegistryHiveNotFound or DiskItemProblem.RegistryKeyNotFound or DiskItemProblem.RegistryValueNotFound => ErrorKind.NotFound,
        DiskItemProblem.VolumeAmbiguous => ErrorKind.InvalidArgument,
        DiskItemProblem.VolumeNotReadable or DiskItemProblem.ItemEncrypted => ErrorKind.Unreadable,
        DiskItemProblem.DestinationExists or DiskItemProblem.DestinationIsLink or DiskItemProblem.DestinationIsOther => ErrorKind.AlreadyExists,
        DiskItemProblem.DestinationInUse => ErrorKind.InUse,
        DiskItemProblem.DestinationTooLarge => ErrorKind.LimitExceeded,
        DiskItemProblem.DiskFull => ErrorKind.NoRoom,
        DiskItemProblem.FileAccessDenied => ErrorKind.PermissionDenied,
        _ => throw new InvalidOperationException($"{Problem} has no kind."),
    };

    /// <inheritdoc/>
    public override object? Target => Item;

    /// <inheritdoc/>
    public override string Remedy => Problem == DiskItemProblem.DestinationExists ? ReplaceRemedy : base.Remedy;
}

/// <summary>Why something on a disk can't be found, read or copied.</summary>
public enum DiskItemProblem
{
    /// <summary>The disk has no volume of that name.</summary>
    VolumeNotFound,

    /// <summary>Several volumes of the disk have that name.</summary>
    VolumeAmbiguous,

    /// <summary>The volume holds no file system that can be read.</summary>
    VolumeNotReadable,

    /// <summary>The volume has no such file, folder or stream.</summary>
    ItemNotFound,

    /// <summary>The guest encrypted the file.</summary>
    ItemEncrypted,

    /// <summary>There is a file of that name where one is to be copied to, and replacing it was not asked for.</summary>
    DestinationExists,

    /// <summary>Another program is copying to a file of that name.</summary>
    DestinationInUse,

    /// <summary>There is a link where something is to be copied to: it is neither followed nor replaced.</summary>
    DestinationIsLink,

    /// <summary>There is a file where a folder is to be copied to, or a folder where a file is.</summary>
    DestinationIsOther,

    /// <summary>More items are to be copied to one folder than it is kept account of.</summary>
    DestinationTooLarge,

    /// <summary>The volume that is copied to ran full.</summary>
    DiskFull,

    /// <summary>The file that is copied to, or its folder, may not be written.</summary>
    FileAccessDenied,

    /// <summary>The disk holds no such registry hive.</summary>
    RegistryHiveNotFound,

    /// <summary>The registry has no such key.</summary>
    RegistryKeyNotFound,

    /// <summary>The key has no such value.</summary>
    RegistryValueNotFound,
}
