namespace AzImageTools.Disks.Conversion;

/// <summary>A conversion can't begin, or the destination ran full; nothing was left of it.</summary>
public sealed class VhdConversionException : DiskException
{
    /// <summary>Creates the exception without details.</summary>
    public VhdConversionException()
        : this("The disk can't be converted.")
    {
    }

    /// <summary>Creates the exception with a message.</summary>
    /// <param name="message">What keeps the conversion from beginning.</param>
    public VhdConversionException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with a message and a cause.</summary>
    /// <param name="message">What keeps the conversion from beginning.</param>
    /// <param name="innerException">The cause.</param>
    public VhdConversionException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    internal VhdConversionException(VhdConversionProblem problem, string destination, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        Problem = problem;
        Destination = destination;
    }

    /// <summary>What kind of problem it is.</summary>
    public VhdConversionProblem Problem { get; }

    /// <summary>The VHD that was to be made.</summary>
    public string? Destination { get; }

    /// <inheritdoc/>
    public override string ErrorId => Problem.ToString();

    /// <inheritdoc/>
    public override ErrorKind Kind => Problem switch
    {
        VhdConversionProblem.DestinationNotVhd => ErrorKind.InvalidArgument,
        VhdConversionProblem.DestinationFolderNotFound => ErrorKind.NotFound,
        VhdConversionProblem.DestinationExists => ErrorKind.AlreadyExists,
        VhdConversionProblem.DestinationInUse => ErrorKind.InUse,
        VhdConversionProblem.TooLittleRoom or VhdConversionProblem.DiskFull => ErrorKind.NoRoom,
        _ => throw new InvalidOperationException($"{Problem} has no kind."),
    };

    /// <inheritdoc/>
    public override object? Target => Destination;
}
