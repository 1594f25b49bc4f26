using System.Management.Automation;

namespace AzImageTools.Errors;

/// <summary>What to do about an error whose exception knows of nothing better: it stands in the recommended action alone, not in the message.</summary>
internal static class GeneralRemedies
{
    /// <summary>What to do about errors of a category.</summary>
    public static string For(ErrorCategory category) => category switch
    {
        ErrorCategory.InvalidArgument => "Correct what the message names, and run the command again.",
        ErrorCategory.ObjectNotFound => "Check the name, and where it is looked for.",
        ErrorCategory.ResourceExists => "Choose another name, or use -Force where the command has it.",
        ErrorCategory.AuthenticationError => "Sign in again with Connect-AzAccount or Connect-AzImageService.",
        ErrorCategory.PermissionDenied => "Run PowerShell as a user who may do this, or have access given to the current one.",
        ErrorCategory.InvalidOperation => "Look at the state of what the message names; run the command again when it allows this.",
        ErrorCategory.LimitsExceeded => "Narrow down what is asked for, or have the limit raised.",
        ErrorCategory.ConnectionError => "Check the network, and run the command again.",
        ErrorCategory.OperationTimeout => "Run the command again; if that takes as long, look at what it waits for.",
        ErrorCategory.InvalidData => "Get it again from where it came from, and compare: it is damaged, or not what it seems to be.",
        ErrorCategory.NotImplemented => "Use another way to the same end: this one is not supported.",
        ErrorCategory.ResourceBusy => "End what else uses it, or run the command again later.",
        ErrorCategory.ResourceUnavailable => "Make room, or choose another place.",
        ErrorCategory.ReadError => "Copy the file elsewhere: if that fails too, its drive or network share is at fault.",
        _ => "Run the command again; if it fails again, report it with all that Get-Error shows.",
    };
}
