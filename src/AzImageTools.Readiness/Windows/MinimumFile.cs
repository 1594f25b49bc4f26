namespace AzImageTools.Readiness.Windows;

/// <summary>The oldest version of a file that works well in Azure, by the version of Windows.</summary>
/// <param name="Path">The file, below Windows\System32.</param>
/// <param name="Versions">
/// By <see cref="FileVersions.Builds"/>: the version; two where the maintenance branches of one Windows count apart; null where the
/// page names none.
/// </param>
internal sealed record MinimumFile(string Path, params string?[] Versions);
