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
        Destination = PrintableText.OfOptional(destination);
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
        VhdConversionProblem.FileAccessDenied => ErrorKind.PermissionDenied,
        VhdConversionProblem.TooLittleRoom or VhdConversionProblem.DiskFull => ErrorKind.NoRoom,
        _ => throw new InvalidOperationException($"{Problem} has no kind."),
    };

    /// <inheritdoc/>
    public override object? Target => Destination;

    /// <inheritdoc/>
    public override string Remedy => Problem == VhdConversionProblem.DestinationExists ? ReplaceRemedy : base.Remedy;
}

/// <summary>What keeps a conversion from beginning, or ends it.</summary>
public enum VhdConversionProblem
{
    /// <summary>The destination's name does not end in .vhd.</summary>
    DestinationNotVhd,

    /// <summary>The destination's folder is not there.</summary>
    DestinationFolderNotFound,

    /// <summary>A file with the destination's name is there, and replacing it was not asked for.</summary>
    DestinationExists,

    /// <summary>The destination is the source, or another program has it open.</summary>
    DestinationInUse,

    /// <summary>The destination, or its folder, may not be written.</summary>
    FileAccessDenied,

    /// <summary>The destination's volume has too little room.</summary>
    TooLittleRoom,

    /// <summary>The destination's volume ran full while the VHD was written; nothing of it was left.</summary>
    DiskFull,
}
