using System.Runtime.InteropServices;

namespace AzImageTools.Disks.Volumes.Ext;

/// <summary>A block of the volume whose newer content lies in the journal.</summary>
/// <param name="Transaction">The transaction that wrote it.</param>
/// <param name="JournalBlock">Where its content lies, as a block of the journal.</param>
/// <param name="IsEscaped">Whether its first four bytes, which are the journal's own magic, are left out there.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct JournalledBlock(uint Transaction, uint JournalBlock, bool IsEscaped);
