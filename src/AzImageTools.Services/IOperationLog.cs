namespace AzImageTools.Services;

/// <summary>Where an operation's messages go. Thread-safe. A message never holds a secret (SAS, token, key).</summary>
public interface IOperationLog
{
    /// <summary>Something the user should know although the operation goes on.</summary>
    /// <param name="message">The message.</param>
    void Warning(string message);

    /// <summary>What the operation is doing, for whoever asks.</summary>
    /// <param name="message">The message.</param>
    void Verbose(string message);

    /// <summary>Details for finding a fault.</summary>
    /// <param name="message">The message.</param>
    void Debug(string message);
}
