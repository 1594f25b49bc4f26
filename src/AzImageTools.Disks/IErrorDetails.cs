namespace AzImageTools.Disks;

/// <summary>
/// What every error of the module tells beside its message, of whichever layer it is: reading a disk throws an
/// <see cref="IOException"/>, work in Azure does not, so that they have no class in common.
/// </summary>
public interface IErrorDetails
{
    /// <summary>A stable PascalCase id that scripts may compare, such as <c>DestinationExists</c>.</summary>
    string ErrorId { get; }

    /// <summary>What sort of failure it is.</summary>
    ErrorKind Kind { get; }

    /// <summary>The object concerned: a path, a resource id, a name, never a secret; null where none is known.</summary>
    object? Target { get; }

    /// <summary>What to do about it, as a sentence; it stands in the message too, and in the error record's recommended action. Empty where nothing better than that is known.</summary>
    string Remedy { get; }
}
