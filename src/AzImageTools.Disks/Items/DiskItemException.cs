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
        Item = item;
    }

    /// <summary>What kind of problem it is.</summary>
    public DiskItemProblem Problem { get; }

    /// <summary>What was asked for, or could not be written: a path, a volume, a key.</summary>
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
        DiskItemProblem.DestinationTooLarge => ErrorKind.LimitExceeded,
        DiskItemProblem.DiskFull => ErrorKind.NoRoom,
        _ => throw new InvalidOperationException($"{Problem} has no kind."),
    };

    /// <inheritdoc/>
    public override object? Target => Item;
}
