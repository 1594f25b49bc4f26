namespace AzImageTools.Shell.Running;

/// <summary>How a command ended: whether its last statement succeeded, and whether it was stopped from outside.</summary>
internal readonly record struct CommandResult(bool Succeeded, bool WasStopped);
