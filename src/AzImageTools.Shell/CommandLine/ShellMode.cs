namespace AzImageTools.Shell.CommandLine;

/// <summary>What the shell was asked to do.</summary>
internal enum ShellMode
{
    /// <summary>Read commands from the terminal until <c>exit</c>.</summary>
    Prompt,

    /// <summary>Run a script file.</summary>
    File,

    /// <summary>Run the text of -Command.</summary>
    Command,

    /// <summary>Run what standard input holds.</summary>
    StandardInput,

    /// <summary>Print how the shell is used.</summary>
    Help,

    /// <summary>Print the versions of the shell and its engine.</summary>
    Version,
}
