namespace AzImageTools.Disks;

/// <summary>Reading a disk took more than any sound disk needs: it is damaged, or made to exhaust its reader.</summary>
public sealed class ReadLimitException : DiskFormatException
{
    private const string RepairACopy = "Check a copy of it first: chkdsk or fsck in a virtual machine, qemu-img check for the image itself.";

    /// <summary>Creates the exception without details.</summary>
    public ReadLimitException()
    {
    }

    /// <summary>Creates the exception with a message.</summary>
    /// <param name="message">What took too much.</param>
    public ReadLimitException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with a message and a cause.</summary>
    /// <param name="message">What took too much.</param>
    /// <param name="innerException">The cause.</param>
    public ReadLimitException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    internal ReadLimitException(string file, string structure, long limit, string problem)
        : base(file, null, $"{problem} {RepairACopy}")
    {
        Structure = structure;
        Limit = limit;
    }

    /// <inheritdoc/>
    public override string ErrorId => "ReadLimitReached";

    /// <inheritdoc/>
    public override ErrorKind Kind => ErrorKind.LimitExceeded;

    /// <inheritdoc/>
    public override string Remedy => RepairACopy;

    /// <summary>What was being read.</summary>
    public string? Structure { get; }

    /// <summary>The limit that was reached: bytes of memory, structures, or steps.</summary>
    public long Limit { get; }
}
