using System.Management.Automation;
using System.Management.Automation.Host;

namespace AzImageTools.Shell.Prompting;

/// <summary>Asks for a user name, unless it is known, and a password.</summary>
internal sealed class CredentialPrompt(PSHostUserInterface output, InputReader input)
{
    public PSCredential Ask(string? caption, string? message, string? userName)
    {
        input.RequireSomebody();
        output.WriteLine();
        foreach (string? line in new[] { caption, message })
        {
            if (!string.IsNullOrEmpty(line))
            {
                output.WriteLine(line);
            }
        }

        string user = userName ?? string.Empty;
        while (user.Length == 0)
        {
            output.Write("User: ");
            user = input.ReadLine().Trim();
        }

        output.Write($"Password for user {user}: ");
        return new PSCredential(user, input.ReadSecret());
    }
}
