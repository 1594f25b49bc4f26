namespace AzImageTools.TestKit;

/// <summary>What becomes of a connection in the middle of a body.</summary>
public enum ConnectionFault
{
    /// <summary>Both ends see it reset.</summary>
    Reset,

    /// <summary>It stays open, and carries nothing more.</summary>
    Stall,

    /// <summary>Both ends see it closed in good order, too early.</summary>
    Truncate,

    /// <summary>A bit changes on the way.</summary>
    Corrupt,
}
