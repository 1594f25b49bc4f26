namespace AzImageTools.Disks.Registry;

/// <summary>A transaction log that may complete what was not wholly written to a hive, such as <c>SYSTEM.LOG1</c>.</summary>
/// <param name="Name">What to call the log in messages.</param>
/// <param name="Open">
/// Opens the log's content, seekable; null where there is no such log. It is called once at most, and only for a hive
/// that is dirty; the hive disposes the stream.
/// </param>
public sealed record RegistryHiveLog(string Name, Func<Stream?> Open);
