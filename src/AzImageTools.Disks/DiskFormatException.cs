using System.Globalization;

namespace AzImageTools.Disks;

/// <summary>
/// The one exception that reading a disk image throws for what the image contains: it tells what is wrong,
/// in which file, at which byte, and which rule of the format says so. Readers never let another exception escape
/// because of an image's content.
/// </summary>
public class DiskFormatException : DiskException
{
    /// <summary>Creates the exception without details.</summary>
    public DiskFormatException()
        : this("The disk image is damaged or of an unsupported format.")
    {
    }

    /// <summary>Creates the exception with a message.</summary>
    /// <param name="message">What is wrong.</param>
    public DiskFormatException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with a message and a cause.</summary>
    /// <param name="message">What is wrong.</param>
    /// <param name="innerException">The cause.</param>
    public DiskFormatException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Creates the exception with all its details.</summary>
    /// <param name="file">The file, or the name of the volume or hive inside it, that holds the fault.</param>
    /// <param name="offset">Where in <paramref name="file"/>, in bytes; null where no single place is at fault.</param>
    /// <param name="problem">What is wrong, as a sentence.</param>
    /// <param name="rule">The rule broken: a section of the format's specification; null where there is none.</param>
    /// <param name="innerException">The cause, if any.</param>
    public DiskFormatException(string file, long? offset, string problem, string? rule = null, Exception? innerException = null)
        : base(Describe(file, offset, problem, rule), innerException)
    {
        File = PrintableText.OfOptional(file);
        Offset = offset;
        Problem = PrintableText.OfOptional(problem);
        Rule = PrintableText.OfOptional(rule);
    }

    /// <summary>The file, or the name of the volume or hive inside it, that holds the fault.</summary>
    public string? File { get; }

    /// <summary>The byte offset of the fault in <see cref="File"/>; null where no single place is at fault.</summary>
    public long? Offset { get; }

    /// <summary>What is wrong, without file and offset.</summary>
    public string? Problem { get; }

    /// <summary>The section of the specification whose rule is broken.</summary>
    public string? Rule { get; }

    /// <inheritdoc/>
    public override string ErrorId => "DiskFormatInvalid";

    /// <inheritdoc/>
    public override ErrorKind Kind => ErrorKind.InvalidData;

    /// <inheritdoc/>
    public override object? Target => File;

    private static string Describe(string file, long? offset, string problem, string? rule)
    {
        string place = offset is null
            ? file
            : file + ", byte " + offset.Value.ToString(CultureInfo.InvariantCulture);
        return rule is null ? $"{place}: {problem}" : $"{place}: {problem} ({rule})";
    }
}
