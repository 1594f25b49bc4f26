namespace AzImageTools.Disks;

/// <summary>Sorts of failure, in every layer; the cmdlets turn each into PowerShell's fitting ErrorCategory.</summary>
public enum ErrorKind
{
    /// <summary>None of the others.</summary>
    Unspecified,

    /// <summary>An argument makes no sense, alone or beside another.</summary>
    InvalidArgument,

    /// <summary>What was asked for is not there.</summary>
    NotFound,

    /// <summary>What was to be created is there already.</summary>
    AlreadyExists,

    /// <summary>Nobody is signed in, or the credential was refused.</summary>
    Authentication,

    /// <summary>The caller may not do this.</summary>
    PermissionDenied,

    /// <summary>The object is in a state that does not allow this.</summary>
    InvalidState,

    /// <summary>A quota or limit is reached.</summary>
    LimitExceeded,

    /// <summary>The service could not be reached, or did not answer sensibly.</summary>
    Connection,

    /// <summary>It took longer than it may.</summary>
    Timeout,

    /// <summary>Bytes are not what they should be.</summary>
    InvalidData,

    /// <summary>What was asked for can't be done with this.</summary>
    NotSupported,

    /// <summary>Another program, or this operation itself, uses the object.</summary>
    InUse,

    /// <summary>There is not enough room for what was to be written.</summary>
    NoRoom,

    /// <summary>It is there, and can't be read.</summary>
    Unreadable,
}
