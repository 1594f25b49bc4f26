using System.Management.Automation;

namespace AzImageTools.Shell.Progress;

/// <summary>Shows how far commands are.</summary>
internal interface IProgressDisplay
{
    /// <summary>Takes note of a record and shows it, unless it comes too soon after the last one shown.</summary>
    void Show(long sourceId, ProgressRecord record);

    /// <summary>Makes room for other output; the next record shows again.</summary>
    void Hide();

    /// <summary>Forgets all that was shown.</summary>
    void Clear();
}
