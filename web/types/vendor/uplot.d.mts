export default class uPlot {
  constructor(options: any, data: any, where: HTMLElement);
  setData(data: any): void;
  setSize(size: { width: number; height: number }): void;
  destroy(): void;
  static paths: any;
  [member: string]: any;
}
