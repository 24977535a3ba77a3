/** What is used of it: its `package.json` points to types that are not in the package. */
declare module 'ibmcloud-appid' {
  type Options = { readonly oauthServerUrl: string; readonly tenantId: string };

  class APIStrategy {
    constructor(options: Options);
    authenticate(
      request: { readonly header: (name: string) => string | undefined },
      options: { readonly scope?: string; readonly audience?: string },
    ): void;
  }

  class TokenManager {
    constructor(options: Options & { readonly clientId: string; readonly secret: string });
    getApplicationIdentityToken(): Promise<{
      readonly accessToken: string;
      readonly tokenType: string;
      readonly expiresIn: number;
    }>;
  }

  const sdk: { readonly APIStrategy: typeof APIStrategy; readonly TokenManager: typeof TokenManager };
  export default sdk;
}
